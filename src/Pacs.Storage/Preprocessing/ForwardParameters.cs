using System.Text.Json;
using System.Text.Json.Serialization;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Preprocessing;

/// <summary>What a forward job does with its objects besides sending them: parameters of the job.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ForwardParameters
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary>Changes of what is sent. Default none.</summary>
    public IReadOnlyList<AttributeChange>? Coerce { get; init; }

    /// <summary>Who is named as having changed it. Default <c>PACS</c>.</summary>
    public string? ModifyingSystem { get; init; }

    /// <summary>The peer is asked to commit what it was sent. Default false.</summary>
    public bool Commit { get; init; }

    /// <summary>With <see cref="Commit"/>: what the peer then says it does not have is sent once more. Default false.</summary>
    public bool ForwardMissing { get; init; }

    /// <summary>Null when there is nothing to say.</summary>
    public JsonElement? ToJson() => this == new ForwardParameters() ? null : JsonSerializer.SerializeToElement(this, Json);

    /// <summary>Of a job or of the request for one; nothing where there are none.</summary>
    /// <exception cref="JobRefusedException">They cannot be read.</exception>
    public static ForwardParameters Read(JsonElement? parameters) => JobParameters.Read<ForwardParameters>(parameters);

    /// <summary>What is to be changed; null for nothing.</summary>
    /// <exception cref="JobRefusedException">Some of it cannot be.</exception>
    public AttributeChanges? Changes()
    {
        if (Coerce is not { Count: > 0 } changes) return null;
        var faults = new List<string>();
        if (changes.Any(c => c is null)) faults.Add("coerce: each is a change.");
        else if (ModifyingSystem is { } system && (system.Length is 0 or > 64 || system.Contains('\\') || ValueRules.Fault(Vr.LO, system) is not null)) faults.Add("modifyingSystem: 1 to 64 characters.");
        if (faults.Count > 0) throw new JobRefusedException(JobRefusal.Invalid, $"parameters.{faults[0]}");
        var read = AttributeChanges.Read(changes, ModifyingSystem ?? "PACS", "coerce", faults);
        return faults.Count == 0 ? read : throw new JobRefusedException(JobRefusal.Invalid, string.Join(" ", faults));
    }
}
