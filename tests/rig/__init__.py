"""The test rig: a Kubernetes control plane and Kafka brokers as plain processes on loopback."""
