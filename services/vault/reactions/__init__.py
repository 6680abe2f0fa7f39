"""What the vault does when it hears of others' facts; one file each."""
