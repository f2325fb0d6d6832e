-- Runs a health check as Argo CD does: with the libraries base and table, and the object in `obj`.
-- Reads the objects as tables, one a line; writes health and message, one line each.
local check = assert(loadfile(arg[1]))
for line in io.lines() do
  local sandbox = {
    obj = assert(loadstring("return " .. line))(), table = table,
    ipairs = ipairs, next = next, pairs = pairs, tonumber = tonumber, tostring = tostring, type = type,
  }
  local found = setfenv(check, sandbox)()
  print(found.status .. "\t" .. found.message:gsub("%s+", " "))
end
