#pragma once

namespace tests {

// The socket of the server's side of a connection in this process: httplib (0.41.0) does not give
// it to handlers. -1: there is none.
int socket_between(int local_port, int remote_port);

// From now on the kernel drops whatever arrives at the socket, as if the host were gone: the peer
// gets neither data nor acknowledgements, nor a word that the connection is over.
void swallow_everything(int socket);

}  // namespace tests
