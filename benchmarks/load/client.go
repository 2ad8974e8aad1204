package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	headerBuffer = 32 << 10
	bodyBuffer   = 256 << 10
	chunkSize    = 32 << 10 // of a body that is sent as it comes, as docker sends layers
	patience     = 60 * time.Second
)

// Client is one connection. It speaks HTTP/1.1 itself: a general client hands each request from
// thread to thread, which costs more than what is measured.
type Client struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
	writer  *bufio.Writer
	buffer  []byte
	in, out int64 // bytes of bodies
}

// Reply is what a request came back with; its body has been read.
type Reply struct {
	Status   int
	Location string
	Length   int64 // as announced
	Read     int64
	SHA256   string // if it was asked for
}

func dial(address string) (*Client, error) {
	client := &Client{address: address, buffer: make([]byte, bodyBuffer)}
	return client, client.redial()
}

func (c *Client) redial() error {
	if c.conn != nil {
		c.conn.Close()
	}
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		return err
	}
	c.conn = conn
	c.reader = bufio.NewReaderSize(conn, headerBuffer)
	c.writer = bufio.NewWriterSize(conn, bodyBuffer)
	return nil
}

// Request sends a request and reads the whole reply. A body of nil is none.
func (c *Client) Request(method, path, headers string, body *Content, chunked, hashed bool) (Reply, error) {
	c.conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(c.writer, "%s %s HTTP/1.1\r\nHost: %s\r\n%s", method, path, c.address, headers)
	if err := c.sendBody(method, body, chunked); err != nil {
		return Reply{}, err
	}
	return c.receive(method, hashed)
}

func (c *Client) sendBody(method string, body *Content, chunked bool) error {
	switch {
	case body == nil && method != http.MethodGet && method != http.MethodHead:
		fmt.Fprint(c.writer, "Content-Length: 0\r\n\r\n")
	case body == nil:
		fmt.Fprint(c.writer, "\r\n")
	case chunked:
		fmt.Fprint(c.writer, "Transfer-Encoding: chunked\r\n\r\n")
		for _, part := range body.Parts {
			for len(part) > 0 {
				piece := part[:min(len(part), chunkSize)]
				fmt.Fprintf(c.writer, "%x\r\n", len(piece))
				c.writer.Write(piece)
				fmt.Fprint(c.writer, "\r\n")
				part = part[len(piece):]
			}
		}
		fmt.Fprint(c.writer, "0\r\n\r\n")
		c.out += body.Size
	default:
		fmt.Fprintf(c.writer, "Content-Length: %d\r\n\r\n", body.Size)
		for _, part := range body.Parts {
			c.writer.Write(part)
		}
		c.out += body.Size
	}
	return c.writer.Flush()
}

func (c *Client) receive(method string, hashed bool) (Reply, error) {
	response, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{
		Status:   response.StatusCode,
		Location: response.Header.Get("Location"),
		Length:   response.ContentLength,
	}
	var sum hash.Hash
	if hashed {
		sum = sha256.New()
	}
	if reply.Read, err = c.discard(response.Body, sum); err != nil {
		return reply, err
	}
	if hashed {
		reply.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	c.in += reply.Read
	if response.Close {
		return reply, c.redial()
	}
	return reply, nil
}

func (c *Client) discard(body io.Reader, sum hash.Hash) (int64, error) {
	var total int64
	for {
		count, err := body.Read(c.buffer)
		total += int64(count)
		if sum != nil {
			sum.Write(c.buffer[:count])
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// target is the path and query of a Location, which may be absolute or relative.
func target(location, query string) (string, error) {
	parsed, err := url.Parse(location)
	if err != nil || parsed.Path == "" {
		return "", fmt.Errorf("no use as a Location: %q", location)
	}
	if query != "" && parsed.RawQuery != "" {
		query = parsed.RawQuery + "&" + query
	} else if query == "" {
		query = parsed.RawQuery
	}
	parsed.RawQuery = query
	return parsed.RequestURI(), nil
}
