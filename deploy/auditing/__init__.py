"""What an auditor does with a site's folder: verify, prove, reconcile, hand over to a witness."""
