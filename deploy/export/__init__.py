"""The ledger of all visits (G-11): who, when, what, with which result, written from facts as a center keeps it."""
