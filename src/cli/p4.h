// `outrigger p4 …`: hands over to outrigger-p4, the tools of the P4 compiler.
#pragma once

namespace outrigger::cli {

// Becomes outrigger-p4, the one beside this program or else of $PATH, with the arguments behind `p4`. Returns an exit
// status only where there is none: it has said so.
int become_p4_tools(char** arguments);

}  // namespace outrigger::cli
