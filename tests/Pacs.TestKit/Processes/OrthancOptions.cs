namespace Pacs.TestKit.Processes;

/// <summary>How to start an <see cref="Orthanc"/>.</summary>
public sealed record OrthancOptions
{
    public string AeTitle { get; init; } = "ORTHANC";

    /// <summary>Modalities it knows from the start: destinations of C-MOVE, by their AE titles.</summary>
    public IReadOnlyList<DicomAddress> Modalities { get; init; } = [];

    /// <summary>With basic authentication, for REST and DICOMweb. None unless given.</summary>
    public (string User, string Password)? Account { get; init; }

    /// <summary>Further settings of orthanc.json: <c>{ ["DicomCheckCalledAet"] = true }</c>.</summary>
    public IReadOnlyDictionary<string, object> Settings { get; init; } = new Dictionary<string, object>();
}
