"""What others may rely on of a visit's start."""

from shared.messages import Contract


class CredentialsShown(Contract):
    """The service has begun."""

    service = "visits"
    type = "credentials_shown.v1"
