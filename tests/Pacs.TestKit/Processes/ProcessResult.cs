namespace Pacs.TestKit.Processes;

/// <summary>What a foreign program left behind.</summary>
public sealed record ProcessResult(string Command, int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Both streams: DCMTK logs to either. Without the NULs that it shows behind UIDs of odd length.</summary>
    public string AllOutput => (Output + Error).Replace("\0", "", StringComparison.Ordinal);

    /// <summary>This result, or a failure of the test that shows all that the program said.</summary>
    public ProcessResult EnsureSucceeded() =>
        Succeeded ? this : throw new InvalidOperationException($"{Command} ended with {ExitCode}:\n{AllOutput}");
}
