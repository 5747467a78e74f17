#pragma once
// What the layer above sends through: the near end of one link direction.

#include "link/link_direction.h"

namespace wirelab {

using Port = LinkDirection;

}  // namespace wirelab
