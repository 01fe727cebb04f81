// A long deed goes on by itself; without scripts its button does.
"use strict";
document.getElementById("go-on")?.requestSubmit();
