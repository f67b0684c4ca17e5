namespace Pacs.System.Tests.Durability;

/// <summary>One system call of a trace.</summary>
/// <param name="Thread">Whose it is.</param>
/// <param name="Name">"fdatasync".</param>
/// <param name="Arguments">As strace prints them, file descriptors with their paths.</param>
/// <param name="Started">Number of the line on which it begins.</param>
/// <param name="Ended">Number of the line by which it has returned.</param>
/// <param name="Succeeded">It did not return an error.</param>
internal sealed record SystemCall(string Thread, string Name, string Arguments, int Started, int Ended, bool Succeeded)
{
    /// <summary>Flushes a file or directory whose path the condition accepts.</summary>
    public bool Flushes(Func<string, bool> path) => Name is "fsync" or "fdatasync" && Succeeded && path(Arguments[(Arguments.IndexOf('<') + 1)..^1]);
}
