package stores

import "path/filepath"

// folders are those that ROCMFORGE_MODELS names.
var folders = store{
	name: Folder,
	places: func(s *system) []string {
		var list []string
		for _, p := range filepath.SplitList(s.getenv(FoldersVariable)) {
			if abs, err := filepath.Abs(p); err == nil && p != "" {
				list = append(list, abs)
			}
		}
		return distinct(list...)
	},
	scan: func(s *scan) { s.repositories() },
}
