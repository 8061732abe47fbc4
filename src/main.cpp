#include "program/program.hpp"

int main(int argc, char** argv) {
  return afloat::run_program(argc, argv);
}
