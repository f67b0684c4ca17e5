using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.Access;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.InformationModels;

/// <summary>
/// What a query or retrieval may do beyond the baseline: what was negotiated for its SOP class (PS3.4 §C.5.1.1, §C.5.2.1,
/// §C.5.3.1), and what the peer's rules allow without.
/// </summary>
internal readonly record struct ExtendedBehavior
{
    /// <summary>Table C.5-2: relational, date-time, fuzzy, time zone, enhanced multi-frame conversion, empty value, multiple value.</summary>
    private static ReadOnlySpan<byte> OfQueries => [1, 1, 1, 1, 0, 1, 1];

    /// <summary>Table C.5-4: relational, enhanced multi-frame conversion.</summary>
    private static ReadOnlySpan<byte> OfRetrievals => [1, 0];

    /// <summary>Unique keys of higher levels may be missing, patterns or lists.</summary>
    public bool Relational { get; init; }

    public bool CombinedDateTime { get; init; }
    public bool FuzzyMatching { get; init; }
    public bool TimezoneAdjustment { get; init; }
    public bool EmptyValueMatching { get; init; }
    public bool MultipleValueMatching { get; init; }

    /// <summary>
    /// The answer of a query or retrieve service to what is proposed: 1 for what is proposed and supported, 0 for the rest.
    /// As many bytes as were offered, for a requestor may know of the first only; never more than there are fields.
    /// </summary>
    public static ReadOnlyMemory<byte>? Negotiate(SopClassExtendedNegotiation proposed)
    {
        var supported = InformationModel.Of(proposed.SopClassUid).Find == proposed.SopClassUid ? OfQueries : OfRetrievals;
        var offered = proposed.ApplicationInformation.Span;
        if (offered.IsEmpty) return null;
        var answer = new byte[Math.Min(offered.Length, supported.Length)];
        for (var i = 0; i < answer.Length; i++) answer[i] = (byte)(offered[i] == 1 ? supported[i] : 0);
        return answer;
    }

    /// <summary>In force for a query or retrieval.</summary>
    public static ExtendedBehavior Of(DimseRequest request)
    {
        var rules = request.Association.Rules();
        var negotiated = request.Association.ExtendedNegotiation.GetValueOrDefault(request.Context.AbstractSyntax).Span;
        var relational = IsSet(negotiated, 0) || rules.Relational == true;
        // Of a retrieval there is nothing else.
        if (InformationModel.Of(request.Context.AbstractSyntax).Find != request.Context.AbstractSyntax) return new() { Relational = relational };
        return new()
        {
            Relational = relational,
            CombinedDateTime = IsSet(negotiated, 1) || rules.CombinedDateTime == true,
            FuzzyMatching = IsSet(negotiated, 2) || rules.FuzzyMatching == true,
            TimezoneAdjustment = IsSet(negotiated, 3) || rules.TimezoneAdjustment == true,
            EmptyValueMatching = IsSet(negotiated, 5) || rules.EmptyValueMatching == true,
            MultipleValueMatching = IsSet(negotiated, 6) || rules.MultipleValueMatching == true,
        };
    }

    private static bool IsSet(ReadOnlySpan<byte> negotiated, int field) => negotiated.Length > field && negotiated[field] == 1;
}
