#include "cli/version.h"

namespace wirelab::cli {

const char* version() { return WIRELAB_VERSION; }

}  // namespace wirelab::cli
