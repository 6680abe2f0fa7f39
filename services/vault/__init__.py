"""The keys of personal data: seal it, open it on record, restrict it, shred it."""
