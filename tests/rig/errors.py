"""What can go wrong in a way that a person can act on."""


class RigError(Exception):
    """A failure whose text is all that the caller needs to read; no traceback is shown."""


class AddressInUse(RigError):
    """A process could not bind its port; with other ports it may start."""
