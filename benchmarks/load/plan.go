package main

import (
	"fmt"
	"math/rand"
)

// Plan is what one run does: operations drawn by weight, until the time or the number is over.
type Plan struct {
	Address     string      `json:"address"`
	Connections int         `json:"connections"`
	Seconds     float64     `json:"seconds"`
	Limit       int64       `json:"limit"`   // operations of all connections together; 0: no limit
	Rate        float64     `json:"rate"`    // operations a second, one due after another; 0: as many as can be
	Seed        int64       `json:"seed"`    // makes what is pushed unlike that of other runs
	Compare     bool        `json:"compare"` // content with digests, once the clock has stopped
	Operations  []Operation `json:"operations"`
}

// Operation is one kind of thing a client does, counted as one whatever number of requests it takes.
type Operation struct {
	Name   string `json:"name"`
	Kind   Kind   `json:"kind"`
	Weight int    `json:"weight"`

	// Of reads: where, and what must come back. Without a digest the content is not compared.
	Path          string `json:"path"`
	Accept        string `json:"accept"`
	Authorization string `json:"authorization"`
	Length        int64  `json:"length"` // -1: any
	SHA256        string `json:"sha256"`

	// Of pushes: where to, and the sizes of the blobs; of an image, the last is the configuration.
	Repository string  `json:"repository"`
	Sizes      []int64 `json:"sizes"`
	Whole      bool    `json:"whole"` // each blob in one PUT, as containerd does; or streamed, as docker
}

// Kind says how an operation is done.
type Kind string

const (
	Get   Kind = "get"
	Head  Kind = "head"
	Blob  Kind = "blob"  // push the blobs alone
	Image Kind = "image" // push the blobs, then a manifest under a new tag
	Guess Kind = "guess" // read with a wrong password, which has to be refused
)

func (plan Plan) check() error {
	if plan.Connections < 1 || plan.Seconds <= 0 || len(plan.Operations) == 0 {
		return fmt.Errorf("a plan needs connections, seconds and operations")
	}
	for _, operation := range plan.Operations {
		switch operation.Kind {
		case Get, Head, Blob, Image, Guess:
		default:
			return fmt.Errorf("%s: no operation is of kind %q", operation.Name, operation.Kind)
		}
	}
	return nil
}

// deck is the order in which one connection goes through the operations: each as often as its
// weight, shuffled, and the same for every server that is measured.
func (plan Plan) deck(connection int) []int {
	var deck []int
	for index, operation := range plan.Operations {
		for range max(operation.Weight, 1) {
			deck = append(deck, index)
		}
	}
	order := rand.New(rand.NewSource(int64(connection)))
	order.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
	return deck
}
