// Command kstatus says of each object that it reads, one in JSON a line, what the library kstatus
// makes of it: Current, InProgress, Failed or Terminating. Flux and Helm 4 carry a copy of the
// library whose rules are the same.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

const longestLine = 4 << 20 // more than an object of Kubernetes can have

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		result, err := judge(lines.Bytes())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(result.Status)
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}

func judge(line []byte) (*status.Result, error) {
	var object unstructured.Unstructured
	if err := json.Unmarshal(line, &object); err != nil {
		return nil, err
	}
	return status.Compute(&object)
}
