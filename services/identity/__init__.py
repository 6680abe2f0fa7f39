"""Who staff are: at the provider of the city, or by accounts of the center's own while the line is down."""
