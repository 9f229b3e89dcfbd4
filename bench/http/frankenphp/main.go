// FrankenPHP's library behind net/http, as a peer of bench/http: a script per request, or one worker for every request.
//
//	frankenphp -root FOLDER -threads N [-worker FILE]
//
// Prints its port once it listens. It ends when its standard input does, so it never outlives who started it.
package main

// #cgo LDFLAGS: -lphp
// #include <php.h>
// extern zend_module_entry bench_opcache_module;
import "C"

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"unsafe"

	"github.com/dunglas/frankenphp"
)

const workerName = "bench"

// What servers/sidekick.mjs sets, and what php-sidekick's own defaults are.
var settings = map[string]string{
	"opcache.memory_consumption":      "256",
	"opcache.interned_strings_buffer": "16",
	"opcache.max_accelerated_files":   "20000",
	"opcache.validate_timestamps":     "0",
	"post_max_size":                   "16M",
}

func main() {
	root := flag.String("root", "", "folder of the pages, absolute")
	threads := flag.Int("threads", 1, "PHP threads that serve requests")
	worker := flag.String("worker", "", "the worker's script, absolute; without it each page is a script of its own")
	flag.Parse()
	if err := serve(*root, *threads, *worker); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

// serve returns when nobody holds standard input open any more, or when it cannot start.
func serve(root string, threads int, worker string) error {
	errorsOnly := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	options := []frankenphp.Option{frankenphp.WithLogger(errorsOnly), frankenphp.WithPhpIni(settings)}
	page := []frankenphp.RequestOption{frankenphp.WithRequestResolvedDocumentRoot(root)}
	if worker == "" {
		options = append(options, frankenphp.WithNumThreads(threads))
	} else {
		// FrankenPHP wants one thread more than its workers have; it is idle here.
		options = append(options, frankenphp.WithNumThreads(threads+1), frankenphp.WithWorkers(workerName, worker, threads))
		page = append(page, frankenphp.WithWorkerName(workerName))
	}
	frankenphp.RegisterExtension(unsafe.Pointer(&C.bench_opcache_module))
	if err := frankenphp.Init(options...); err != nil {
		return err
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	handler := func(writer http.ResponseWriter, request *http.Request) {
		inPHP, err := frankenphp.NewRequestWithContext(request, page...)
		if err == nil {
			err = frankenphp.ServeHTTP(writer, inPHP)
		}
		if err != nil {
			http.Error(writer, err.Error(), http.StatusInternalServerError)
		}
	}
	failed := make(chan error, 1)
	go func() { failed <- http.Serve(listener, http.HandlerFunc(handler)) }()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)

	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		failed <- err
	}()
	return <-failed
}
