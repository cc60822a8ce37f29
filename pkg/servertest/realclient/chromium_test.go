// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
)

// browse opens a page in Chromium, which goes on until the test ends. What it keeps on disk goes
// into a folder of the test.
func browse(t *testing.T, page string) {
	t.Helper()
	home := t.TempDir()
	p := run(t, []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home},
		"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--disable-breakpad", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		"--enable-logging=stderr", "--user-data-dir="+filepath.Join(home, "profile"), page)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s printed:\n%s", p.cmd, &p.out)
		}
	})
}

// A page connects, subscribes, publishes and gets messages; the same with what others publish.
func TestChromium(t *testing.T) {
	s := start(t, another(web))
	watcher := sub(t, s, "watcher", "page/out", "-C", "2", "-F", "%p")
	page, err := filepath.Abs(filepath.Join("testdata", "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	browse(t, "file://"+page+"#"+portOf(t, s, 1))
	s.WaitLogged("msg=subscribe client=page ")
	pub(t, s, "-t", "page/in", "-m", strings.Repeat("from elsewhere ", 20))
	watcher.linesInAnyOrder("the page got: from the page \u00fc",
		"the page got: "+strings.Repeat("from elsewhere ", 20))
}

// Only pages of certain servers may connect.
func TestChromiumOrigin(t *testing.T) {
	pages := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	t.Cleanup(pages.Close)
	s := start(t, another(web, func(l *config.Listener) {
		l.WebSocketAllowOrigin = []string{pages.URL}
	}), another(web, func(l *config.Listener) {
		l.WebSocketAllowOrigin = []string{"https://example.org"}
	}))
	browse(t, pages.URL+"/page.html#"+portOf(t, s, 2))
	refused(t, s, "websocket_origin")
	browse(t, pages.URL+"/page.html#"+portOf(t, s, 1))
	s.WaitLogged("msg=subscribe client=page ")
	refused(t, s, "websocket_origin")
}
