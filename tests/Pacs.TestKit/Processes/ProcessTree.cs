using System.Globalization;

namespace Pacs.TestKit.Processes;

/// <summary>Who descends from whom, read from /proc.</summary>
public static class ProcessTree
{
    /// <summary>The process and all that descend from it.</summary>
    public static IReadOnlyCollection<int> WithDescendants(int processId)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), out var id) ? id : 0)
            .Where(id => id > 0)
            .ToLookup(ParentOf);
        var found = new HashSet<int>();
        var open = new Stack<int>([processId]);
        while (open.TryPop(out var id))
        {
            if (!found.Add(id)) continue;
            foreach (var child in children[id]) open.Push(child);
        }
        return found;
    }

    /// <summary>Fields of proc(5) stat from the third (state) on; empty for a process that is gone. The second, the name, may hold spaces.</summary>
    public static IReadOnlyList<string> StatOf(int processId) =>
        TryRead(processId, "stat") is { } stat ? stat[(stat.LastIndexOf(')') + 2)..].TrimEnd().Split(' ') : [];

    /// <summary>Alive, and not merely waiting for its parent to notice its end.</summary>
    public static bool IsRunning(int processId) => StatOf(processId) is [not ("Z" or "X"), ..];

    internal static bool IsPostgres(int processId) => TryRead(processId, "comm")?.StartsWith("postgres", StringComparison.Ordinal) == true;

    private static int ParentOf(int processId) => StatOf(processId) is [_, var parent, ..] ? int.Parse(parent, CultureInfo.InvariantCulture) : 0;

    private static string? TryRead(int processId, string name)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/{name}");
        }
        catch (IOException)
        {
            return null;
        }
    }
}
