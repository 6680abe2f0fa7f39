"""AsyncAPI 3: what every service may be asked, what it says, what it hears; from the code, on one page."""
