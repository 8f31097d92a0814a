"""A greeting."""


def main():
    """Prints it."""
    print("hello from a wheel")
