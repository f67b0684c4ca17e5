using System.Globalization;
using Pacs.Api.Errors;
using Pacs.Api.Qido;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Api.Rest.Worklist;

/// <summary>What a list of the worklist is asked for: keys as in QIDO-RS, where attributes of the step need not name its sequence.</summary>
internal sealed record WorklistQuery(IReadOnlyList<MatchingKey> Keys, bool FuzzyMatching, int Limit, int Offset)
{
    private const int MaxLimit = 1000, DefaultLimit = 100;

    private static readonly HashSet<Tag> OfStep =
    [
        Tags.Modality, Tags.ScheduledStationAETitle, Tags.ScheduledProcedureStepStartDate, Tags.ScheduledProcedureStepStartTime, Tags.ScheduledPerformingPhysicianName,
        Tags.ScheduledProcedureStepDescription, Tags.ScheduledProtocolCodeSequence, Tags.ScheduledProcedureStepID, Tags.ScheduledStationName,
        Tags.ScheduledProcedureStepLocation, Tags.PreMedication, Tags.RequestedContrastAgent, Tags.ScheduledProcedureStepStatus, Tags.CommentsOnTheScheduledProcedureStep,
    ];

    /// <exception cref="ApiException">400: a parameter is unknown, repeated or has no valid value.</exception>
    public static WorklistQuery Parse(IQueryCollection query)
    {
        var keys = new List<MatchingKey>();
        var (limit, offset, fuzzy) = (DefaultLimit, 0, false);
        foreach (var (name, values) in query)
        {
            if (values is not [{ } value]) throw ApiException.BadRequest("Each parameter is given once.");
            switch (name)
            {
                case "limit":
                    limit = Number(value) is { } l and >= 1 and <= MaxLimit ? l : throw ApiException.BadRequest($"limit is a number from 1 to {MaxLimit}.");
                    break;
                case "offset":
                    offset = Number(value) ?? throw ApiException.BadRequest("offset is a whole number from 0.");
                    break;
                case "fuzzymatching":
                    fuzzy = value == "true";
                    break;
                case "accept":
                    break;
                default:
                    keys.Add(InStep(QidoKey.Read(name, value)));
                    break;
            }
        }
        return new WorklistQuery(keys, fuzzy, limit, offset);
    }

    private static MatchingKey InStep(MatchingKey key) =>
        OfStep.Contains(key.Path.Tags[0]) ? key with { Path = new AttributePath([Tags.ScheduledProcedureStepSequence, .. key.Path.Tags]) } : key;

    private static int? Number(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
