package main

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/rand"
)

// Content is a body: parts that are sent one after another.
type Content struct {
	Parts  [][]byte
	Size   int64
	Digest string
}

// Source makes blobs that no server has seen: all of one size share their beginning, whose hash
// is taken once, before the clock runs, and differ in their end.
type Source struct {
	shared []byte
	states map[int64][]byte // by length of the shared beginning
	ending [24]byte
}

const endingSize = int64(len(Source{}.ending))

func newSource(operations []Operation) *Source {
	source := &Source{states: map[int64][]byte{}}
	var longest int64
	for _, operation := range operations {
		for _, size := range operation.Sizes {
			longest = max(longest, size)
		}
	}
	source.shared = make([]byte, longest)
	rand.New(rand.NewSource(1)).Read(source.shared)
	for _, operation := range operations {
		for _, size := range operation.Sizes {
			source.prepare(size - endingSize)
		}
	}
	return source
}

func (s *Source) prepare(length int64) {
	if _, known := s.states[length]; known || length < 0 {
		return
	}
	sum := sha256.New()
	sum.Write(s.shared[:length])
	state, err := sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic(err) // the standard library's hash can be saved
	}
	s.states[length] = state
}

// Blob is the content of this size that belongs to these three numbers, and to no others.
func (s *Source) Blob(size, seed, connection, count int64) *Content {
	var ending [24]byte
	binary.BigEndian.PutUint64(ending[0:], uint64(seed))
	binary.BigEndian.PutUint64(ending[8:], uint64(connection))
	binary.BigEndian.PutUint64(ending[16:], uint64(count))
	length := size - endingSize
	sum := sha256.New()
	if err := sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(s.states[length]); err != nil {
		panic(err)
	}
	sum.Write(ending[:])
	return &Content{[][]byte{s.shared[:length], ending[:]}, size, digest(sum.Sum(nil))}
}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"`
	Digest    string `json:"digest"`
}

// manifestOf is an image of these blobs, the last of which is the configuration.
func manifestOf(blobs []*Content) *Content {
	last := len(blobs) - 1
	layers := make([]descriptor, last)
	for index, blob := range blobs[:last] {
		layers[index] = descriptor{"application/vnd.oci.image.layer.v1.tar+gzip", blob.Size, blob.Digest}
	}
	body, err := json.Marshal(map[string]any{
		"schemaVersion": 2,
		"mediaType":     manifestType,
		"config":        descriptor{"application/vnd.oci.image.config.v1+json", blobs[last].Size, blobs[last].Digest},
		"layers":        layers,
	})
	if err != nil {
		panic(err) // strings and numbers can be encoded
	}
	sum := sha256.Sum256(body)
	return &Content{[][]byte{body}, int64(len(body)), digest(sum[:])}
}

func digest(sum []byte) string { return "sha256:" + hex.EncodeToString(sum) }
