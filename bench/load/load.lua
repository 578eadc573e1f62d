-- wrk's script: sends one Authorization after the other from a file, when one
-- is named, and says what came of it all in a line for load.py.
--
-- Arguments: the file, one token a line; "once" to stop behind the last.

function init(args)
    if not args[1] then
        return
    end
    local requests = {}
    for token in io.lines(args[1]) do
        wrk.headers["Authorization"] = "Bearer " .. token
        requests[#requests + 1] = wrk.format()
    end
    local once = args[2] == "once"
    -- wrk asks for one before it begins, and sends another one.
    local i = -1
    function request()
        i = i + 1
        if i >= #requests then
            if once then
                wrk.thread:stop()
            end
            i = 0
        end
        return requests[i + 1]
    end
end

function done(summary)
    local e = summary.errors
    io.write(string.format("RESULT %d %d %d %d\n", summary.requests,
        summary.duration, e.status, e.connect + e.read + e.write + e.timeout))
end
