// Command kube is a whole Kubernetes control plane in one static binary: the first argument, or
// the name it is called by (a symlink), says which program it is.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	// Time zones for CronJobs, so that the binary needs nothing from the machine.
	_ "time/tzdata"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"

	// Log format and client metrics register themselves, as in the upstream main packages.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

// programs maps a program's name to its main function, which returns the exit code. Each program
// is a file of its own and adds itself in init.
var programs = map[string]func() int{}

// component wraps a cobra command in the way all Kubernetes daemons start theirs. The command is
// made only when it runs: making one registers flags and metrics that clash with the others'.
func component(command func() *cobra.Command) func() int {
	return func() int { return cli.Run(command()) }
}

func main() {
	name := filepath.Base(os.Args[0])
	if programs[name] == nil && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	run, ok := programs[name]
	if !ok {
		names := slices.Sorted(maps.Keys(programs))
		fmt.Fprintf(os.Stderr, "usage: kube %s [flags]\n", strings.Join(names, "|"))
		os.Exit(2)
	}
	os.Exit(run())
}
