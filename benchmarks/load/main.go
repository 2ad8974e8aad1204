// Load asks a registry for one thing after another, over connections that stay open, and says
// how long it took and how much of the machine it used itself.
//
//	load run   < plan.json     prints the result as JSON
//	load serve ADDRESS         a server that does nothing: what it yields is the generator's limit
//
// It decides how requests are made and replies checked, and knows nothing of who is measured.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func command(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "run":
		var plan Plan
		reader := json.NewDecoder(os.Stdin)
		reader.DisallowUnknownFields()
		if err := reader.Decode(&plan); err != nil {
			return fmt.Errorf("the plan: %w", err)
		}
		result, err := Run(plan)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(result)
	case len(args) == 2 && args[0] == "serve":
		return Serve(args[1])
	}
	return fmt.Errorf("usage: load run < plan.json | load serve ADDRESS")
}
