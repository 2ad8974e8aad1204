package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	octets       = "Content-Type: application/octet-stream\r\n"
)

// worker does operations over one connection, one after another.
type worker struct {
	number int64
	plan   Plan
	source *Source
	client *Client
	count  int64
	pushed []check // the blobs and manifest of the last push
}

// check is a read whose content is compared once the clock has stopped.
type check struct{ path, digest string }

func (w *worker) do(operation Operation) error {
	switch operation.Kind {
	case Get, Head:
		return w.read(operation)
	case Guess:
		return w.guess(operation)
	case Blob:
		_, err := w.pushBlobs(operation)
		return err
	default:
		return w.pushImage(operation)
	}
}

func (w *worker) read(operation Operation) error {
	method, headers := http.MethodGet, ""
	if operation.Kind == Head {
		method = http.MethodHead
	}
	if operation.Accept != "" {
		headers = "Accept: " + operation.Accept + "\r\n"
	}
	if operation.Authorization != "" {
		headers += "Authorization: " + operation.Authorization + "\r\n"
	}
	reply, err := w.client.Request(method, operation.Path, headers, nil, false, false)
	if err != nil {
		return err
	}
	length := reply.Read
	if operation.Kind == Head {
		length = reply.Length
	}
	if reply.Status != http.StatusOK || (operation.Length >= 0 && length != operation.Length) {
		return fmt.Errorf("%s %s: status %d, %d bytes", method, operation.Path, reply.Status, length)
	}
	return nil
}

// guess is refused as wrong, or because too many were.
func (w *worker) guess(operation Operation) error {
	w.count++
	proof := fmt.Sprintf("guess-%d:%x-%d-%d", w.number, w.plan.Seed, w.number, w.count)
	header := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(proof)) + "\r\n"
	reply, err := w.client.Request(http.MethodGet, operation.Path, header, nil, false, false)
	if err != nil {
		return err
	}
	if reply.Status != http.StatusUnauthorized && reply.Status != http.StatusTooManyRequests {
		return fmt.Errorf("GET %s with a wrong password: status %d", operation.Path, reply.Status)
	}
	return nil
}

func (w *worker) pushImage(operation Operation) error {
	blobs, err := w.pushBlobs(operation)
	if err != nil {
		return err
	}
	manifest := manifestOf(blobs)
	tag := fmt.Sprintf("t%x-%d-%d", w.plan.Seed, w.number, w.count)
	path := fmt.Sprintf("/v2/%s/manifests/%s", w.repository(operation), tag)
	_, err = w.expect(http.StatusCreated, "PUT", path, "Content-Type: "+manifestType+"\r\n", manifest, false)
	w.pushed = append(w.pushed, check{path, manifest.Digest})
	return err
}

func (w *worker) pushBlobs(operation Operation) ([]*Content, error) {
	w.count++
	w.pushed = w.pushed[:0]
	var blobs []*Content
	for index, size := range operation.Sizes {
		blob := w.source.Blob(size, w.plan.Seed, w.number<<8+int64(index), w.count)
		if err := w.pushBlob(w.repository(operation), blob, operation.Whole); err != nil {
			return nil, err
		}
		blobs = append(blobs, blob)
	}
	return blobs, nil
}

// pushBlob does as clients do: ask, begin, send, end. Sending and ending may be one request.
func (w *worker) pushBlob(repository string, blob *Content, whole bool) error {
	path := fmt.Sprintf("/v2/%s/blobs/%s", repository, blob.Digest)
	if _, err := w.expect(http.StatusNotFound, "HEAD", path, "", nil, false); err != nil {
		return err
	}
	upload := fmt.Sprintf("/v2/%s/blobs/uploads/", repository)
	reply, err := w.expect(http.StatusAccepted, "POST", upload, "", nil, false)
	if err != nil {
		return err
	}
	place, err := target(reply.Location, "")
	if err != nil {
		return err
	}
	last := blob
	if !whole {
		if reply, err = w.expect(http.StatusAccepted, "PATCH", place, octets, blob, true); err != nil {
			return err
		}
		last = nil
	}
	if place, err = target(reply.Location, "digest="+blob.Digest); err != nil {
		return err
	}
	_, err = w.expect(http.StatusCreated, "PUT", place, octets, last, false)
	w.pushed = append(w.pushed, check{path, blob.Digest})
	return err
}

func (w *worker) expect(status int, method, path, headers string, body *Content, chunked bool) (Reply, error) {
	reply, err := w.client.Request(method, path, headers, body, chunked, false)
	if err == nil && reply.Status != status {
		err = fmt.Errorf("%s %s: status %d instead of %d", method, path, reply.Status, status)
	}
	return reply, err
}

// repository gives each connection its own, as teams push to repositories of their own.
func (w *worker) repository(operation Operation) string {
	return strings.ReplaceAll(operation.Repository, "{}", fmt.Sprint(w.number))
}

// compare reads again what should be there, and compares the bytes with the digest.
func (w *worker) compare(one check) error {
	reply, err := w.client.Request(http.MethodGet, one.path, "Accept: "+manifestType+"\r\n", nil, false, true)
	if err != nil {
		return err
	}
	if reply.Status != http.StatusOK || "sha256:"+reply.SHA256 != one.digest {
		return fmt.Errorf("GET %s: status %d, content sha256:%s", one.path, reply.Status, reply.SHA256)
	}
	return nil
}
