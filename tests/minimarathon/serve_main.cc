#include <string>
#include <vector>

#include "minimarathon/images.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.empty()) return 1;
  return minimarathon::serve_image(args[0], {args.begin() + 1, args.end()});
}
