"""The ledger as an event log for process mining: OCEL 2.0, XES, CSV. No personal data, and the same bytes each time."""
