"""Paper forms: printable Chinese documents, each made of what a case's facts say and of nothing else."""
