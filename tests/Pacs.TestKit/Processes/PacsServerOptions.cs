namespace Pacs.TestKit.Processes;

/// <summary>How to start a <see cref="PacsServer"/>.</summary>
public sealed record PacsServerOptions
{
    public Arrangement Arrangement { get; init; }

    /// <summary>Workers of <see cref="Arrangement.ThreeProcesses"/>.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Settings beyond those that every test server has, by their names as environment variables: <c>PACS__Storage__ReserveBytes</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>A program that runs the server, with its arguments: <c>strace -f</c>.</summary>
    public IReadOnlyList<string> Wrapper { get; init; } = [];

    /// <summary>Where data goes; a temporary folder that is removed at the end unless given.</summary>
    public string? DataFolder { get; init; }

    /// <summary>
    /// Its index is new and its own, as that of any server; otherwise a copy of one that was prepared, which is quicker. To be asked
    /// for where it meets another server. Default false.
    /// </summary>
    public bool MakesItsIndex { get; init; }

    /// <summary>False for one that is not to become ready: it is waited for until it answers. Default true.</summary>
    public bool WaitsForReadiness { get; init; } = true;

    /// <summary>For the server to become ready.</summary>
    public int StartTimeoutSeconds { get; init; } = 180;
}
