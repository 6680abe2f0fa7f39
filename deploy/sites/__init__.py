"""Sites: what each of them is, and everything that is made for it: keys, certificates, configurations, units."""
