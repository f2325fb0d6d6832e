package main

import "k8s.io/kubernetes/cmd/kube-controller-manager/app"

func init() { programs["kube-controller-manager"] = component(app.NewControllerManagerCommand) }
