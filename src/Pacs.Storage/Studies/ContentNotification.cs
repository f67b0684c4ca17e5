namespace Pacs.Storage.Studies;

/// <summary>What another archive said that a study consists of, held against what is here.</summary>
public sealed record ContentNotification
{
    public required long Id { get; init; }

    /// <summary>AE title that said so.</summary>
    public required string Sender { get; init; }
    public required string StudyInstanceUid { get; init; }
    public required int ObjectsListed { get; init; }

    /// <summary>Of these, those that are not here.</summary>
    public required int ObjectsMissing { get; init; }

    /// <summary>Of these, those that are here under another study or SOP class.</summary>
    public required int ObjectsDifferent { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
}
