package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

var zeros [1 << 20]byte

// Serve answers at once with nothing of worth: to GET and HEAD as many zeros as the path's last
// part says (404 where that is no number), to a push that it went well.
func Serve(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go answerAll(conn)
	}
}

func answerAll(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReaderSize(conn, headerBuffer)
	writer := bufio.NewWriterSize(conn, bodyBuffer)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return
		}
		answer(writer, request)
		if writer.Flush() != nil {
			return
		}
	}
}

func answer(writer *bufio.Writer, request *http.Request) {
	status, length := 201, int64(0)
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		status = 200
		name := request.URL.Path[strings.LastIndexByte(request.URL.Path, '/')+1:]
		var err error
		if length, err = strconv.ParseInt(name, 10, 64); err != nil {
			status, length = 404, 0
		}
	case http.MethodPost, http.MethodPatch:
		status = 202
	}
	fmt.Fprintf(writer, "HTTP/1.1 %d %s\r\nLocation: /upload\r\nContent-Length: %d\r\n\r\n",
		status, http.StatusText(status), length)
	if request.Method == http.MethodHead {
		return
	}
	for length > 0 {
		count, err := writer.Write(zeros[:min(length, int64(len(zeros)))])
		if err != nil {
			return
		}
		length -= int64(count)
	}
}
