// Command fluxtypes reads objects of Flux in YAML, and fails where one has a field that Flux does
// not know, or a value that the field does not take.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	helm "github.com/fluxcd/helm-controller/api/v2"
	kustomize "github.com/fluxcd/kustomize-controller/api/v1"
	source "github.com/fluxcd/source-controller/api/v1"
	"sigs.k8s.io/yaml"
)

var kinds = map[string]func() any{
	helm.GroupVersion.String() + " HelmRelease":        func() any { return &helm.HelmRelease{} },
	kustomize.GroupVersion.String() + " Kustomization": func() any { return &kustomize.Kustomization{} },
	source.GroupVersion.String() + " GitRepository":    func() any { return &source.GitRepository{} },
}

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	for document := range strings.SplitSeq(string(input), "\n---\n") {
		if err := check([]byte(document)); err != nil {
			log.Fatal(err)
		}
	}
}

func check(document []byte) error {
	var kind struct{ APIVersion, Kind string }
	if err := yaml.Unmarshal(document, &kind); err != nil {
		return err
	}
	name := kind.APIVersion + " " + kind.Kind
	object, known := kinds[name]
	if !known {
		return errors.New("no kind of Flux: " + name)
	}
	if err := yaml.UnmarshalStrict(document, object()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Println(name)
	return nil
}
