"""The auditors' ledger: hears every fact of every service, keeps its own copy, seals it, proves it."""
