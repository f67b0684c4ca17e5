namespace Pacs.Storage.Remote;

/// <summary>The end of the search of one source.</summary>
/// <param name="Outcome">In one word.</param>
/// <param name="Answers">Matches that were told.</param>
/// <param name="Milliseconds">From the beginning of the search.</param>
public sealed record SearchEnd(SearchOutcome Outcome, int Answers, double Milliseconds)
{
    /// <summary>DIMSE status as four hexadecimal digits, or HTTP status; null when there was none but success.</summary>
    public string? Status { get; init; }

    /// <summary>For a person: what is wrong, and what to do. Empty when all is well.</summary>
    public string Message { get; init; } = "";
}
