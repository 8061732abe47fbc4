-- afloat:expand
-- afloat:contract
;;
