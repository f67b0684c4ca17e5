using System.Text.RegularExpressions;

namespace Pacs.System.Tests.Durability;

/// <summary>Reads what <c>strace -f -yy</c> wrote. Calls that another thread's call interrupts are put together again.</summary>
internal static partial class SystemCallTrace
{
    public static IReadOnlyList<SystemCall> Parse(IEnumerable<string> lines)
    {
        List<SystemCall> calls = [];
        Dictionary<string, (string Name, string Arguments, int Started)> unfinished = [];
        foreach (var (number, line) in lines.Index())
        {
            if (Unfinished().Match(line) is { Success: true } begun)
            {
                unfinished[begun.Groups["thread"].Value] = (begun.Groups["name"].Value, begun.Groups["arguments"].Value, number);
            }
            else if (Resumed().Match(line) is { Success: true } resumed && unfinished.Remove(resumed.Groups["thread"].Value, out var call))
            {
                calls.Add(new SystemCall(resumed.Groups["thread"].Value, call.Name, call.Arguments + resumed.Groups["arguments"].Value, call.Started, number, IsSuccess(resumed)));
            }
            else if (Whole().Match(line) is { Success: true } whole)
            {
                calls.Add(new SystemCall(whole.Groups["thread"].Value, whole.Groups["name"].Value, whole.Groups["arguments"].Value, number, number, IsSuccess(whole)));
            }
        }
        return calls;
    }

    private static bool IsSuccess(Match call) => !call.Groups["result"].Value.StartsWith('-');

    [GeneratedRegex(@"^(?<thread>\d+) +(?<name>\w+)\((?<arguments>.*?),? *<unfinished \.\.\.>$")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"^(?<thread>\d+) +<\.\.\. \w+ resumed>(?<arguments>.*)\) += (?<result>.+)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^(?<thread>\d+) +(?<name>\w+)\((?<arguments>.*)\) += (?<result>.+)$")]
    private static partial Regex Whole();
}
