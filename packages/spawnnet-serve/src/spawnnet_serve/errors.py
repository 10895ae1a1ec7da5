"""The error of this package."""


class MessageError(ValueError):
    """A message that cannot be understood, or a server's answer that is an error.

    Attributes:
        field: Where in the message, such as `rgb/front`; empty for the message itself.
        message: What is wrong.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message
