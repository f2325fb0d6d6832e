"""What the end-to-end tests share: clients of the rig that are not the operator's own."""
