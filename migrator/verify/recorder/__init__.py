"""What stands on the PATH of a script that is verified, in place of `docker` and of what reaches out of the machine.

The recorder writes down every call and passes it on to the real client with private names, so that neither the user's
images nor his containers are ever touched. It is started anew for every call: what it imports is the standard library
and the tables of the docker command line, and nothing else.
"""
