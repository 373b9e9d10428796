//go:build !nohip && !(linux && !android && (amd64 || arm64)) && !(darwin && !ios) && !windows

package dl

import "runtime"

const unsupported = "there is no ROCm for " + runtime.GOOS + "/" + runtime.GOARCH + ", so this program was built as with -tags nohip"
