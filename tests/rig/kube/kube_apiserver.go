package main

import "k8s.io/kubernetes/cmd/kube-apiserver/app"

func init() { programs["kube-apiserver"] = component(app.NewAPIServerCommand) }
